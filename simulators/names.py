"""
Names of many kinds: diacritics, apostrophes, hyphens, spaces, and scripts other than Latin.

Each culture lists given names of girls, given names of boys, and family names. `_` stands for a
space; `東|Higashi` is a name with the Latin form that its owner signs e-mails with.
"""

import unicodedata
from dataclasses import dataclass

from simulators.dice import Dice


@dataclass(frozen=True)
class Name:
    text: str
    latin: str


@dataclass(frozen=True)
class Culture:
    """`weight` is its share of the families; `language` is an ISO 639-1 code."""

    weight: int
    language: str
    girls: tuple[Name, ...]
    boys: tuple[Name, ...]
    families: tuple[Name, ...]


# What decomposition does not turn into plain letters.
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "ß": "ss",
        "æ": "ae",
        "þ": "th",
        "Þ": "Th",
        "ð": "d",
    }
)


def plain(text: str) -> str:
    """Lower-case ASCII letters only, for user names and the local part of an e-mail address."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in decomposed.lower() if "a" <= letter <= "z")


def _names(text: str) -> tuple[Name, ...]:
    found = []
    for word in text.replace("_", "\N{NO-BREAK SPACE}").split(" "):
        shown, _, latin = word.replace("\N{NO-BREAK SPACE}", " ").strip().partition("|")
        found.append(Name(shown, plain(latin or shown)))
    return tuple(found)


def _culture(weight: int, language: str, girls: str, boys: str, families: str) -> Culture:
    return Culture(weight, language, _names(girls), _names(boys), _names(families))


CULTURES = (
    _culture(
        40,
        "en",
        "Abby Ada Beth Cora Daisy Edith Ella Faye Gwen Hazel Ivy Jane Josie Kate Lily Mae Molly Nell Paige Piper Ruby Sally Tess "
        "Violet Willa Anne-Marie Dee'Ana Sarah_Jane",
        "Abel Austin Ben Blake Cole Dean Eli Felix Frank Gus Hugh Ike Jude Kurt Luke Mark Miles Ned Otis Paul Reid Seth Ted Wade "
        "Zeke De'Shawn J.T. John_Paul",
        "Archer Barlow Bishop Carver Dalton Easton Fletcher Gardner Harlow Irving Jarvis Keller Langley Mercer Norris Osborne "
        "Porter Quigley Rowe Sawyer Thatcher Upton Vance Weaver Yates O'Malley O'Shea McKay MacNeil Smith-Barlow St._Clair Fox",
    ),
    _culture(
        24,
        "es",
        "Abril Ángela Belén Camila Débora Elisa Estefanía Inés Itzel Jimena Lucía Mónica María_José Noemí Pilar Rocío Sofía Xóchitl",
        "Adrián Álvaro Benito César Darío Efraín Emiliano Germán Héctor Iván Joaquín José_Luis Lázaro Mateo Nicolás Óscar Raúl Tomás",
        "Acuña Arévalo Bermúdez Ceballos De_la_Torre Del_Río Echeverría Fonseca Galván Ibarra Juárez Leaños Muñiz Núñez-Prado "
        "Olmedo Peñaloza Quintanilla Rentería Solís Treviño Urbina Villaseñor Yáñez Zúñiga",
    ),
    _culture(
        5,
        "vi",
        "Ánh Diệp Hường Khánh_Linh Mỹ_Duyên Ngọc Thùy Yến",
        "Bảo Cường Đạt Hiếu Khôi Long Quốc Tuấn",
        "Bùi Đào Đinh Hồ Lương Nguyễn Phạm Trịnh Vũ",
    ),
    _culture(
        5,
        "zh",
        "美玲|Meiling 欣怡|Xinyi 静|Jing Hui-Min",
        "伟|Wei 子轩|Zixuan 浩然|Haoran Guo-Liang",
        "王|Wang 欧阳|Ouyang 陈|Chen 林|Lin Zhao Xu",
    ),
    _culture(
        2,
        "ja",
        "さくら|Sakura 結衣|Yui 葵|Aoi Haruka",
        "蓮|Ren 大翔|Hiroto 悠真|Yuma Kenta",
        "佐藤|Sato 高橋|Takahashi 渡辺|Watanabe Ōno",
    ),
    _culture(3, "ko", "서연|Seoyeon 하은|Haeun Min-ji", "민준|Minjun 도윤|Doyun Jae-won", "김|Kim 박|Bak 최|Choe Yoon"),
    _culture(
        3,
        "ar",
        "ليلى|Layla نور|Nour سلمى|Salma Fatimah",
        "يوسف|Yusuf عمر|Omar خالد|Khalid Abd_al-Aziz",
        "الحسن|Alhasan منصور|Mansour Al-Masri El-Khoury",
    ),
    _culture(
        2, "he", "נועה|Noa תמר|Tamar שירה|Shira", "דוד|David איתן|Eitan יונתן|Yonatan", "לוי|Levi מזרחי|Mizrahi Ben-Ami"
    ),
    _culture(
        3,
        "uk",
        "Оксана|Oksana Соломія|Solomiia Anastasiya",
        "Богдан|Bohdan Тарас|Taras Myroslav",
        "Ковальчук|Kovalchuk Шевчук|Shevchuk Дем'яненко|Demianenko",
    ),
    _culture(
        2, "ru", "Алёна|Alyona Дарья|Darya", "Фёдор|Fyodor Артём|Artyom", "Соловьёв|Solovyov Кузьмин|Kuzmin Medvedev"
    ),
    _culture(1, "el", "Ελένη|Eleni Ζωή|Zoi", "Γιώργος|Giorgos Νίκος|Nikos", "Παπαδάκης|Papadakis Οικονόμου|Oikonomou"),
    _culture(
        3, "en", "Leilani Mahealani Nāpua Kaʻiulani", "Kaimana Makoa ʻIolana Kekoa", "Kealoha Kaʻaihue Nāone Kapuāiwa"
    ),
    _culture(
        2,
        "pl",
        "Agnieszka Bożena Małgorzata Żaneta",
        "Grzegorz Łukasz Michał Wojciech",
        "Dąbrowski Jabłoński Ślązak Żółtowski",
    ),
    _culture(1, "tr", "Ayşegül Çiğdem Şule", "Doğan İsmail Ümit", "Aydın Çakır Özdemir"),
    _culture(1, "is", "Guðrún Þóra Sæunn", "Björn Þorsteinn Ægir", "Jónsdóttir Sigurðsson Hallgrímsson"),
    _culture(1, "fr", "Anaëlle Éloïse Océane", "Loïc Rémy Jean-Benoît", "L'Écuyer D'Aubigné Lefebvre-Côté"),
    _culture(2, "so", "Hodan Ifrah Sagal", "Abdirahman Liban Warsame", "Abdulle Jama Warsame"),
)

WEIGHTS = {index: culture.weight for index, culture in enumerate(CULTURES)}


def culture(dice: Dice) -> Culture:
    return CULTURES[dice.weighted(WEIGHTS)]
