"""Programs that remade the files in data/ from named versions of packages. Nobody needs them to take the course."""
