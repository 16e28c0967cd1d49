"""People who sign in to the console: who they are, their passwords, second factors and sessions."""
