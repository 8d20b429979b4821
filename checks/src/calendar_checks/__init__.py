"""What holds across Calendar's packages, and the files that are built of them."""
