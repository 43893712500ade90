"""The plain baseline of the lab: one chat model, one shell, raw output. No part of the product's graph."""
