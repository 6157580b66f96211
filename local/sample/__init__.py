"""Sample data in the shape and volume of the audited system: captions, creators, messages, assignments.

Same seed, size and day give the same rows. Rows are made here and loaded by `local.sample.load_jobs`;
what they mean is described in sql/tables/.
"""
