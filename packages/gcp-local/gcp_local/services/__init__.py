"""The small process that speaks the Google APIs for which no emulator exists: one module a service.

Each service module registers its methods under Google's own operation names (`registry.Service`), checks what it
is given against declared fields (`fields`), keeps documents in one store (`store`) and answers Google's errors
(`errors`). BigQuery and objects in buckets belong to their own emulators, behind this process.
"""
