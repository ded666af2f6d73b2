-- summary: Rollbook: staff, a row for each school
-- area: people
-- core: users
-- declare: school_dcid = schoolstaff.schoolid
-- declare: home_school_dcid = users.homeschoolid
select
  f.dcid as staff_dcid,
  u.dcid as users_dcid,
  case when f.schoolid in (0, 999999) then null else sc.dcid end as school_dcid,
  case when u.homeschoolid in (0, 999999) then null else hs.dcid end as home_school_dcid,
  f.status as status,
  f.staffstatus as staff_status,
  f.sched_department as department,
  u.teachernumber as teacher_number,
  u.first_name as first_name,
  u.middle_name as middle_name,
  u.last_name as last_name,
  u.email_addr as email,
  u.loginid as admin_username,
  u.teacherloginid as teacher_username,
  u.home_phone as home_phone,
  u.school_phone as school_phone,
  u.street as street,
  u.city as city,
  u.state as state,
  u.zip as zip,
  u.title as title
from users u
join schoolstaff f on f.users_dcid = u.dcid
left join schools sc on sc.school_number = f.schoolid
left join schools hs on hs.school_number = u.homeschoolid
where f.dcid > :after
  and f.status = 1
  and (nvl(to_char(f.transaction_date, 'YYYY-MM-DD'), '0') >= :since
    or nvl(to_char(u.transaction_date, 'YYYY-MM-DD'), '0') >= :since)
order by f.dcid
