"""What every deployment must keep to, as a Pulumi policy pack: rules on resources, and a server that engines ask."""
