"""Words of advertising in six languages. Tables only; `promo` looks for them.

Latin words stand without accents and in small letters. A word that ends in * may go on.
"""

# Certain, whoever says it.
STRONG = """
    sale|
    free shipping|free delivery|free gift|free returns|ships free|fast shipping|best price|lowest price|special price|
    special offer|limited offer|limited time|limited edition offer|flash sale|hot sale|big sale|super sale|mega sale|
    clearance|on sale|for sale|sale price|final sale|summer sale|winter sale|end of season sale|black friday|
    cyber monday|best seller|bestseller|best selling|hot deal|super deal|deal of the day|money back|order now|buy now|
    shop now|add to cart|while stocks last|in stock|ready stock|promo|promotion|coupon|voucher|cash on delivery|
    half price|hot selling|top seller|official store|free sample|only today|today only|discount*|cashback|giveaway|
    wholesale price|factory price|dont miss|hurry up|new arrival*|mega deal|price drop|save up to|years warranty|
    year warranty|warranty included|100 original|
    oferta*|rebaja*|descuento*|envio gratis|gratis|mejor precio|precio especial|liquidacion|compra ahora|
    ultimas unidades|solo hoy|oportunidad|mas vendido|entrega gratis|promocion|cupon|garantia|
    angebot*|sonderangebot*|sonderpreis|rabatt*|kostenlos*|versandkostenfrei|gratisversand|schlussverkauf|ausverkauf|
    jetzt kaufen|nur heute|bestpreis|gutschein*|aktionspreis|raeumungsverkauf|raumungsverkauf|reduziert|
    geld zuruck garantie|jahre garantie|schnapper*|schnappchen|bestseller|neuheit
"""

# Said in prints too: “SALE” is on no T-shirt, “NEW” and “FREE” are.
WEAK = "new|free|hot|deal|offer|nuevo|neu|gift|best|premium|top quality|high quality|original|aktion|regalo|nueva"

CHINESE = """
    特价|特惠|包邮|免邮|优惠|折扣|促销|秒杀|清仓|热卖|热销|爆款|新品|上新|正品|买一送|满减|立减|直降|限时|抢购|领券|赠品|
    厂家直销|官方旗舰|旗舰店|全场|打折|低价|降价|现货|秒发|运费险|到手价|券后|活动价|团购|批发|包退|质保|今日|狂欢|加微信|
    特價|優惠|促銷|清倉|熱賣|免運|折價|買一送|新品上市|現貨|下單|限時
"""

KOREAN = """
    무료배송|무료 배송|할인|특가|세일|쿠폰|최저가|사은품|증정|이벤트|신상|베스트|한정수량|한정판매|오늘만|당일발송|정품|
    품절임박|인기상품|타임딜|핫딜|적립금|무이자|공동구매|기획전|파격|반값
"""

RUSSIAN = """
    скидка|скидки|скидкой|распродажа|акция|бесплатная|бесплатно|доставка|новинка|новинки|лучшая цена|хит продаж|
    только сегодня|подарок|гарантия|выгодно|спецпредложение|рассрочка|купить|закажи|заказать|промокод|цена|
    черная пятница|наличии|суперцена|дешево|кэшбэк|оптом|ликвидация|выгода|товар дня
"""

MATERIALS = """
    cotton|polyester|wool|silk|linen|viscose|elastane|spandex|nylon|leather|acrylic|cashmere|rayon|lycra|modal|natural|
    organic|algodon|baumwolle|lana|leder|recycled|pure|genuine|real|bamboo|waterproof|хлопок|xnonok|棉|羊毛|真丝
"""

# A Cyrillic letter, and how a reader spells it that knows none; then Latin ones that it takes for one another.
LOOK_ALIKES = """
    аa бb вb гr дa еe жk з3 иn йn кk лn мm нh оo пn рp сc тt уy фo хx цl ч4 шw щw ъb ыbl ьb э3 юlo яa
    6b 0o 1l il ul jl |l !l
"""
