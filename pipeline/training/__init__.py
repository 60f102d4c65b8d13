"""A training from material to weights: which stages there are and what each is given."""
