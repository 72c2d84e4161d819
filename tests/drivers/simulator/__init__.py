"""A package, because names such as test_module.py are taken elsewhere."""
