{{ of_units(ref('stg_tax__tax_payments')) }}
