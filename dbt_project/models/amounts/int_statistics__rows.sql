{{ of_units(ref('stg_statistics__enterprise_statistics')) }}
