"""The generator of the Grafana dashboard and of the Prometheus rules; README.md says how to change them."""
