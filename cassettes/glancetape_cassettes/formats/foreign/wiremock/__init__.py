"""Stubs of WireMock: `wiremock_mappings` reads them, `wiremock_conditions` both ways share."""
