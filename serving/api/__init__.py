"""The HTTP interface: routes, strict schemas, problems, content negotiation."""
