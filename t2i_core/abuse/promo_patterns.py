"""How prices, discounts and contacts are written, each pattern with how sure it is. For text in `promo.plain` form.

In numbers o stands for 0, and l, i and | for 1: readers mix them up.
"""

from collections.abc import Sequence

SURE, LIKELY, MAYBE = 0.95, 0.7, 0.4

Pattern = tuple[float, str]

_D = r"[\doil|]"
_NUMBER = rf"\d{_D}*(?:[.,' ]{_D}{{2,3}})*"
_SIGN = r"[$€£¥₩₽₹฿₺₴₫]"
_MONEY = (
    r"usd|eur|euros?|gbp|inr|rs\.?|rmb|cny|krw|rub|py6|pyb|руб\w*|zl|zloty|dollars?|pesos|chf|aed|brl|myr|rm|php|thb|"
    r"idr|rp"
)
_SAID = r"only|now|was|nur|jetzt|statt|solo|ahora|price|precio|preis|ab|from|цена|от"
_REDUCED = r"off|0ff|of\b|discount|sale|rabatt|reduziert|dto|desc|de descuento|sk|ck|скид|할인|折"
_UP_TO = r"up to|upto|save|extra|flat|bis zu|hasta|до|最高|sale|spare"
_ENDS = r"com|net|org|ru|cn|shop|store|kr|info|biz|online|site|com?\.\w\w"
_CALL = r"tel|phone|call|whats\s?app|viber|wechat|telegram|hotline|тел|звони|电话|热线|전화"
_APPS = (
    r"ig|insta|instagram|wechat|weixin|微信|vx|line id|telegram|tg|whats\s?app|wa|qq|vk|facebook|fb|tiktok|snapchat|"
    r"카톡|카카오톡"
)

PRICES: Sequence[Pattern] = (
    (SURE, rf"{_SIGN}\s?{_NUMBER}"),
    (SURE, rf"{_NUMBER}\s?(?:{_SIGN}|[元円원]|(?:{_MONEY})\b)"),
    (SURE, rf"\b(?:{_MONEY})\s?{_NUMBER}"),
    (LIKELY, rf"\b(?:{_SAID})\s*:?\s?\d+[.,]\d\d\b"),
    (LIKELY, rf"\b(?:{_SAID})\s*:?\s?\d{{2,5}}$"),
    (LIKELY, r"\bw\d{1,3},\d{3}\b"),  # ₩, as it is read
    (0.6, r"(?<![\d.,-])s?\d{1,4}[.,](?:99|95|90|98|49)(?![\d.,])"),  # the sign was lost, or read as an s
    (0.6, r"\b\d{1,3}\.\d{3},\d\d\b"),
    (0.6, r"\b\d{1,4}[,.]-(?!\d)"),
)
DISCOUNTS: Sequence[Pattern] = (
    (SURE, rf"\b{_D}{{1,2}}\s?%\s*(?:{_REDUCED})"),
    (SURE, rf"(?:{_UP_TO})\W*{_D}{{1,2}}\s?%"),
    (SURE, r"(?<![\w%-])[-–−]\s?\d{1,2}\s?%"),
    (SURE, r"[1-9](?:\.\d)?\s?折"),
    (SURE, rf"buy\s?{_D}\s?,?\s?get\s?{_D}|\b{_D}\s?\+\s?{_D}\s?(?:free|gratis|무료|행사)|\b1\s?\+\s?1\b"),
    (LIKELY, r"(?<![\d.])(?:2\s?x\s?1|3\s?x\s?2|4\s?x\s?3|[234] for [123])(?!\s*(?:cm|mm|in|m)\b)(?![\d.])"),
    (LIKELY, r"half price|mitad de precio|\b1/2 price"),
)
PERCENT = r"(?<![\d.,])[1-9]\d?\s?%"
URLS: Sequence[Pattern] = (
    (SURE, r"https?\s?:?\s?/\s?/"),
    (SURE, r"\b(?:w{3}|vvww|wvvw|wwvv)\s?[.,:]\s?[\w-]{2,}"),
    (0.9, rf"(?<![\w@.-])[\w-]{{2,}}(?:\.[\w-]{{2,}})?\s?\.\s?(?:{_ENDS})(?![\w])"),
    (0.9, r"(?<![\w@.-])[\w-]{2,}[.,](?:c0m|corn|com(?<=,com))(?![\w])"),
    (0.6, r"(?<![\w@.-])[a-z][\w-]{3,}\.(?:de|es|fr|it|pl|in|me|co|io|uk|eu|tr|br|mx)(?![\w.])"),
)
PHONES: Sequence[Pattern] = (
    (SURE, r"\+\s?\d(?:[\s().-]{0,2}\d){8,13}(?!\d)"),
    (SURE, rf"(?:{_CALL})\W{{0,4}}\+?\d(?:[\s().-]{{0,2}}\d){{5,13}}"),
    (0.85, r"(?<![\d.,-])\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?![\d.,-])"),
    (0.85, r"(?<![\d.,-])0\d{1,4}[\s/-]\d{3,4}[\s-]\d{3,4}(?![\d.,-])"),
    (0.85, r"(?<![\d.,-])8\s?\(?\d{3}\)?[\s-]?\d{3}[\s-]?\d{2}[\s-]?\d{2}(?![\d.,-])"),
    (0.85, r"(?<!\d)1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"),
    (0.85, r"(?<!\d)[14]00[\s-]\d{3,4}[\s-]\d{3,4}(?!\d)"),
)
HANDLES: Sequence[Pattern] = (
    (SURE, r"[\w.+-]{2,}@[\w-]{2,}\.\w{2,}"),
    (0.9, r"(?<![\w.])@\s?[\w.]{3,}"),
    (0.9, rf"(?<!\w)(?:{_APPS})\s?[:@]\s?@?[\w.+]{{3,}}"),
    (0.9, r"(?<!\w)(?:wa\.me|t\.me|vk\.com|fb\.com|instagram\.com|facebook\.com)/\w+"),
    (LIKELY, r"follow us|加微信|加我|公众号|关注|(?<!\w)whats\s?app|wechat|телеграм"),
)
