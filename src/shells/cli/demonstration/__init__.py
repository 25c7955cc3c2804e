"""The demonstration: the whole product on embedded defaults against the sandbox, walked over HTTP."""
