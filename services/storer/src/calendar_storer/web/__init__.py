"""HTTP: the server's connections and how requests are read from them."""
