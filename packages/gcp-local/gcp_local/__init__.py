"""A cloud on one machine that speaks Google's REST APIs, and the tools that start it and lead a shell to it."""
