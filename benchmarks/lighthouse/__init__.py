"""What Lighthouse says of the storefront's pages."""
