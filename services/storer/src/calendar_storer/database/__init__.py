"""PostgreSQL: connections, what its errors mean, and the tables."""
