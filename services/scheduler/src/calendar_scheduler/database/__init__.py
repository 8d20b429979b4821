"""PostgreSQL: connections, and what its errors mean."""
