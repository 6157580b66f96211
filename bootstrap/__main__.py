"""What a Google project needs once, for all stacks of the platform in it: applied by a person who owns the project."""

import sys
from pathlib import Path

import pulumi
import pulumi_gcp as gcp

# The program of a folder sees that folder only; its components are the platform's.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from components.foundation import Foundation, FoundationArgs
from settings.errors import ErosError
from settings.load import load
from settings.model import ProjectSettings

try:
    settings = load(ProjectSettings)
    google = gcp.Provider("google", project=settings.project)
    foundation = Foundation("foundation", FoundationArgs(settings=settings), pulumi.ResourceOptions(provider=google))
    pulumi.export("project", settings.project)
    pulumi.export("transferAgent", foundation.transfer_agent)
except ErosError as error:
    raise pulumi.RunError(str(error)) from None
