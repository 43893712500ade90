"""The LangGraph state machine and the Observer's policies."""
