"""Writing files as other tools do."""
