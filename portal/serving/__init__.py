"""From a request to bytes: pages, callbacks, files, feeds; what is kept of them and what each answer passes through."""
