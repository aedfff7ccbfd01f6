"""What the entries mean: budgets, OCDS releases, money rules and the tables derived from them."""
