"""The platform's Pulumi components. Each module's docstring says its scope and what it leaves to others."""
