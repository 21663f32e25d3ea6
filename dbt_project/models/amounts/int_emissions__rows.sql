{{ of_units(ref('stg_ecology__pollutant_emissions'), counted='attributed_rows.key_monitored') }}
