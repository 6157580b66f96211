"""The `gcp` resource provider of the local cloud, served over gRPC to any Pulumi engine.

Owns: what the real provider refuses, how it compares, what it knows at preview, and the shape of its outputs.
Leaves to others: the cloud itself (Google's REST APIs at the endpoints that the environment names), and the
mistakes that the real provider lets through to a failing apply (settings and catalog catch those).
"""
