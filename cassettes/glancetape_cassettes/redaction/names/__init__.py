"""Which names are a secret's: `name_table` has the rows, `secret_names` reads them."""
