"""What `sql/` and `config/` declare, parsed and checked; `load` is the entrance. Knows no cloud and no Pulumi."""
