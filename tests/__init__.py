"""A package, so that no installed package of the same name (ascmhl brings one) comes before it."""
