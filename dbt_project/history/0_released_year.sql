-- 已发布年度: one year of this file with the released year before, null for the first.
create view released_year as
select
    year,
    lag(year) over (order by year) as previous_year
from history_release
where left_out is null;
