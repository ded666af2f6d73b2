-- summary: Rollbook: courses taught in one year
-- area: teaching
-- core: courses
select
  co.dcid as course_dcid,
  co.course_number as course_number,
  co.course_name as course_name,
  co.sched_department as department
from courses co
where co.dcid > :after
  and exists (select 1 from sections x
               where x.course_number = co.course_number
                 and x.termid between :yearid * 100 and :yearid * 100 + 99)
  and nvl(to_char(co.transaction_date, 'YYYY-MM-DD'), '0') >= :since
order by co.dcid
