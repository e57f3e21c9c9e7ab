SELECT name, fingerprint, encode(description, 'hex'), encode(descriptors, 'hex'), :schema.micros_of(published_at)
FROM :schema.graphs
ORDER BY name
