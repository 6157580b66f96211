"""Cloud Storage resources: buckets, bucket members, objects."""
