-- The results of enterprises as one would write them by hand: what the models compute up to enterprise_result
-- and enterprise_item, and nothing besides. Each landed table is a view of its name. Clauses are those of the
-- rulebook.

set variable year = (select year from run);

create macro parameter(name) as (select value from policy_parameters where parameter = name);

set variable cut_off = cast(getvariable('year') || '-' || parameter('cut_off') as date);
set variable decimals = cast(parameter('score_decimals') as integer);

create macro same(a, b) as a = b or abs(a - b) < 1e-9 * greatest(abs(a), abs(b));
create macro rounded(figure) as
    cast(round(cast(figure * power(10, getvariable('decimals')) as decimal(28, 6))) as double)
    / power(10, getvariable('decimals'));
create macro in_yuan(wan_yuan) as round(wan_yuan * 10000, 2);
create macro money(wan_yuan) as case when in_yuan(wan_yuan) = 0 then 0 else wan_yuan end;

-- 1.1, 1.2, 1.4
create table roster as
with judged as (
    select
        r.*,
        c.county_name,
        c.region,
        p.park_code as listed_park_code,
        coalesce(
            d.in_scope
            and coalesce(c.valid_from <= getvariable('cut_off'), true)
            and coalesce(c.valid_to >= getvariable('cut_off'), true)
            and c.county_code is not null,
            false
        ) as evaluated
    from enterprise_roster as r
    left join policy_counties as c on r.county_code = c.county_code
    left join policy_industry_divisions as d on d.division = r.industry_code[:2]
    left join park_list as p on r.park_code = p.park_code
)

select
    r.*,
    t.uscc is not null as merges,
    coalesce(t.uscc, r.uscc) as unit_uscc,
    coalesce(t.county_code, r.county_code) as unit_county_code
from judged as r
left join judged as t
    on case
        when coalesce(r.merge_into_county_code, r.county_code) = r.county_code or r.merge_reason = 'branch'
            then r.merge_into_uscc
    end = t.uscc
    and coalesce(r.merge_into_county_code, r.county_code) = t.county_code
    and t.evaluated
    and t.merge_into_uscc is null;

-- 1.3: by which county a row of a feed finds its roster row; 'any' where there is only one.
create table sites as
with counted as (
    select *, count(*) over (partition by uscc) as sites from enterprise_roster
)

select uscc, case when sites = 1 then 'any' else county_code end as named, county_code from counted
union all
select uscc, home_county_code, min(county_code) from counted as c
where sites > 1 and home_county_code is not null
    and not exists (from counted as own where own.uscc = c.uscc and own.county_code = c.home_county_code)
group by all;

create macro attributed(feed) as table
select
    f.* exclude (year),
    r.county_code as roster_county, r.evaluated, r.above_scale_since, r.unit_uscc, r.unit_county_code
from query_table(feed) as f
left join sites as only_site on f.uscc = only_site.uscc and only_site.named = 'any'
left join sites as named_site on f.uscc = named_site.uscc and f.county_code = named_site.named
inner join roster as r
    on f.uscc = r.uscc and r.county_code = coalesce(only_site.county_code, named_site.county_code);

-- 2. A parcel and the contracts over it are taken to belong to one roster row.
create table parcels as
with held as (
    from attributed('land_parcels') select *,
        coalesce(
            evaluated
            and land_use in (select land_use from policy_land_uses where counts)
            and registered_on <= getvariable('cut_off')
            and (ended_on is null or ended_on > getvariable('cut_off')),
            false
        ) as registered
)

select
    *,
    registered
    and contract_date is not null
    and coalesce(above_scale_since <= contract_date, true)
    and contract_date + to_years(cast(parameter('not_counted_years') as integer))
    > getvariable('cut_off') as new
from held;

create table parties as
with contracts as (
    select
        l.*,
        case
            when l.object_type = 'multi_storey'
                then l.area_m2 / nullif(l.project_floor_area_m2, 0) * l.project_land_area_m2
            else l.area_m2
        end as land_m2,
        l.starts_on <= getvariable('cut_off')
        and coalesce(l.ends_on >= getvariable('cut_off'), true) as in_force,
        p.registered,
        p.new
    from land_leases as l
    left join parcels as p on l.lessor_uscc = p.uscc and l.parcel_id = p.parcel_id
)

select
    lessee_uscc as uscc, county_code, year,
    case when in_force then land_m2 end as leased_in
from contracts
union all by name
select
    lessor_uscc as uscc, county_code, year,
    case
        when in_force and tenure = 'lease' and coalesce(registered and not new, true) then land_m2
    end as leased_out,
    case when in_force and tenure = 'lease' and new then land_m2 end as new_out
from contracts;

create table land as
with rows_of_land as (
    select
        uscc, roster_county,
        case when registered and not new then area_m2 end as held,
        case when new then area_m2 end as new
    from parcels
    union all by name
    select uscc, roster_county, leased_in, leased_out, new_out from attributed('parties')
    union all by name
    select uscc, roster_county, confirmed_area_m2 as confirmed from attributed('land_confirmed')
),

sums as (
    select
        uscc, roster_county,
        coalesce(sum(held), 0) + coalesce(sum(leased_in), 0) as added,
        coalesce(sum(leased_out), 0) as taken_off,
        coalesce(sum(new), 0) - coalesce(sum(new_out), 0) as new,
        sum(confirmed) as confirmed
    from rows_of_land group by all
),

-- 2.5: new land counts where nothing else would be left.
members as (
    select
        *,
        added + case when added <= taken_off or same(added, taken_off) then new else 0 end as with_new
    from sums
)

select
    r.unit_uscc, r.unit_county_code,
    sum(coalesce(
        confirmed,
        case when same(with_new, taken_off) then 0 else with_new - taken_off end
    )) * 3 / 2000 as land_area_mu
from members as m
inner join roster as r on m.uscc = r.uscc and m.roster_county = r.county_code
where r.evaluated
group by all;

-- 3 and 6.2, 6.3: each feed by unit.
create table statistics as
select
    unit_uscc, unit_county_code,
    money(sum(industrial_value_added) / 10) as value_added,
    money(sum(operating_revenue) / 10) as revenue,
    money(sum(rd_expenditure) / 10) as rd_expenditure,
    sum(energy_consumption) as energy,
    sum(
        headcount_01 + headcount_02 + headcount_03 + headcount_04 + headcount_05 + headcount_06
        + headcount_07 + headcount_08 + headcount_09 + headcount_10 + headcount_11 + headcount_12
    ) / 12 as average_headcount
from attributed('enterprise_statistics') where evaluated group by all;

create table taxes as
select
    unit_uscc, unit_county_code,
    money(sum(
        value_added_tax + consumption_tax + enterprise_income_tax + individual_income_tax + property_tax
        + urban_land_use_tax + vehicle_vessel_tax + land_appreciation_tax + stamp_duty
        + urban_construction_tax + resource_tax + education_surcharge + local_education_surcharge
        + policy_relief
    ) / 10000) as tax
from attributed('tax_payments') where evaluated group by all;

create table emitted as
select unit_uscc, unit_county_code, sum(cod + ammonia_nitrogen + nitrogen_oxides + voc) as emissions
from attributed('pollutant_emissions') where evaluated and key_monitored group by all;

create table titles as
select unit_uscc, unit_county_code, sum(points) as points
from (select distinct unit_uscc, unit_county_code, uscc from roster where evaluated)
inner join honours using (uscc)
inner join policy_honours using (honour_type)
where extract(year from awarded_on) = getvariable('year')
group by all;

create table offences as
select unit_uscc, unit_county_code, sum(enterprise_points) as points
from attributed('incidents')
inner join policy_incidents using (incident_type)
where evaluated and extract(year from occurred_on) = getvariable('year')
group by all;

-- 4
create table units as
with joined as (
    select
        r.county_code, r.county_name, r.region, r.home_county_code, r.uscc, r.enterprise_name,
        r.industry_code, r.listed_park_code as park_code,
        m.members,
        land.land_area_mu,
        s.value_added, taxes.tax, s.average_headcount, s.energy,
        coalesce(emitted.emissions, 0) as emissions,
        s.revenue, s.rd_expenditure,
        least(coalesce(titles.points, 0), cast(parameter('bonus_cap') as double)) as bonus,
        least(
            coalesce(offences.points, 0), cast(parameter('deduction_cap_enterprise') as double)
        ) as deduction,
        coalesce(
            getvariable('year') - extract(year from r.transition_since) between 0 and coalesce(
                case r.transition_type
                    when 'transfer' then c.transfer_years
                    when 'newly_above_scale' then c.newly_above_scale_years
                end,
                t.years
            ) - 1,
            false
        ) as in_transition,
        case
            when
                r.suspended_since + to_years(cast(parameter('suspension_years') as integer))
                <= getvariable('cut_off')
                then 'suspended'
            when taxes.tax = 0 then 'zero_tax'
        end as veto_reason
    from roster as r
    inner join (
        select unit_uscc, unit_county_code, count(*) as members from roster where evaluated group by all
    ) as m on r.uscc = m.unit_uscc and r.county_code = m.unit_county_code
    left join land on r.uscc = land.unit_uscc and r.county_code = land.unit_county_code
    left join statistics as s on r.uscc = s.unit_uscc and r.county_code = s.unit_county_code
    left join taxes on r.uscc = taxes.unit_uscc and r.county_code = taxes.unit_county_code
    left join emitted on r.uscc = emitted.unit_uscc and r.county_code = emitted.unit_county_code
    left join titles on r.uscc = titles.unit_uscc and r.county_code = titles.unit_county_code
    left join offences on r.uscc = offences.unit_uscc and r.county_code = offences.unit_county_code
    left join policy_transitions as t on r.transition_type = t.transition_type
    left join county_rules as c on r.county_code = c.county_code
    where r.evaluated and not r.merges
)

select
    *,
    case
        when in_transition then 'transition'
        when veto_reason is not null then 'vetoed'
        else 'classified'
    end as treatment,
    case when land_area_mu > 0 then value_added / land_area_mu end as value_added_per_mu,
    case when land_area_mu > 0 then tax / land_area_mu end as tax_per_mu,
    case when average_headcount > 0 then value_added / average_headcount end as labour_productivity,
    case when energy > 0 then value_added / energy end as value_added_per_energy,
    case when in_yuan(revenue) > 0 then rd_expenditure / revenue * 100 end as rd_intensity
from joined;

-- 5
create table items as
with scored as (
    select
        county_code, uscc, region,
        value_added_per_mu, tax_per_mu, labour_productivity, value_added_per_energy, rd_intensity
    from units where treatment <> 'vetoed'
),

valued as (
    select * from scored unpivot include nulls (
        value for indicator in (
            value_added_per_mu, tax_per_mu, labour_productivity, value_added_per_energy, rd_intensity
        )
    )
),

measures as (
    select v.county_code, v.uscc, v.indicator, v.value, cast(w.weight as double) as weight
    from valued as v
    inner join policy_weights as w
        on v.region = w.region and v.indicator = w.indicator and w.level = 'enterprise'
),

standards as (
    select
        county_code, indicator,
        max(value) as standard_max,
        avg(value) as standard_mean,
        min(value) filter (value > 0) as standard_min
    from measures where value >= 0 group by all
),

coefficients as (
    select
        max(coefficient) filter (tier = '优') as best,
        max(coefficient) filter (tier = '较优') as better,
        max(coefficient) filter (tier = '一般') as ordinary
    from policy_tiers
),

placed as (
    select
        *,
        case
            when value is null then '缺'
            when value < 0 then '负值'
            when standard_min is null then '一般'
            when value >= standard_max or same(value, standard_max) then '优'
            when value >= standard_mean or same(value, standard_mean) then '较优'
            else '一般'
        end as tier
    from measures
    left join standards using (county_code, indicator)
),

shared as (
    select
        * exclude (best, better, ordinary),
        case
            when tier = '优' then best
            when tier = '较优'
                then better + (value - standard_mean) / (standard_max - standard_mean) * (best - better)
            when tier = '一般' and standard_mean > standard_min and not same(standard_mean, standard_min)
                then ordinary + (value - standard_min) / (standard_mean - standard_min) * (better - ordinary)
            else 0
        end as share
    from placed
    cross join coefficients
)

select *, rounded(greatest(share * weight, 0)) as score from shared;

-- 6, 7
create table results as
with totals as (
    select county_code, uscc, rounded(sum(score)) as base_score from items group by all
),

scored as (
    select
        u.* exclude (in_transition, bonus, deduction),
        t.base_score,
        case when t.uscc is not null then u.bonus end as bonus,
        case when t.uscc is not null then u.deduction end as deduction,
        rounded(t.base_score + u.bonus - u.deduction) as total_score
    from units as u
    left join totals as t on u.county_code = t.county_code and u.uscc = t.uscc
),

ranked as (
    select
        *,
        case
            when treatment = 'classified'
                then rank() over (partition by county_code, treatment order by total_score desc)
        end as rank
    from scored
),

borders as (
    select
        r.county_code,
        round(any_value(coalesce(c.quota_a, q.a)) * count(*) / 100) as last_a,
        round(any_value(coalesce(c.quota_a, q.a) + coalesce(c.quota_b, q.b)) * count(*) / 100) as last_b,
        round(
            any_value(coalesce(c.quota_a, q.a) + coalesce(c.quota_b, q.b) + coalesce(c.quota_c, q.c))
            * count(*) / 100
        ) as last_c
    from ranked as r
    cross join (
        select
            cast(max(share) filter (class = 'A') as decimal(9, 4)) as a,
            cast(max(share) filter (class = 'B') as decimal(9, 4)) as b,
            cast(max(share) filter (class = 'C') as decimal(9, 4)) as c
        from policy_quotas
    ) as q
    left join (
        select county_code, columns('quota_.')::decimal(9, 4) from county_rules
    ) as c on r.county_code = c.county_code
    where r.treatment = 'classified'
    group by all
)

select
    r.*,
    case
        when treatment = 'vetoed' or rank > last_c then 'D'
        when rank <= last_a then 'A'
        when rank <= last_b then 'B'
        when rank <= last_c then 'C'
    end as class
from ranked as r
left join borders as b on r.county_code = b.county_code;
