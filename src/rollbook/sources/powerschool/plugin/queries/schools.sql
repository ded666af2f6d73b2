-- summary: Rollbook: schools
-- area: places
-- core: schools
select
  sc.dcid as school_dcid,
  sc.school_number as school_number,
  sc.name as name,
  sc.abbreviation as abbreviation,
  sc.sif_stateprid as state_id,
  sc.low_grade as low_grade,
  sc.high_grade as high_grade,
  sc.schooladdress as street,
  sc.schoolcity as city,
  sc.schoolstate as state,
  sc.schoolzip as zip,
  sc.schoolphone as phone,
  sc.principal as principal,
  sc.principalemail as principal_email
from schools sc
where sc.dcid > :after
  and sc.school_number not in (0, 999999)
  and nvl(to_char(sc.transaction_date, 'YYYY-MM-DD'), '0') >= :since
order by sc.dcid
