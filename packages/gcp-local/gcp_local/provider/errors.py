"""The provider's error."""


class ProviderError(Exception):
    """The provider refuses or failed; the message is for the person who deploys."""
