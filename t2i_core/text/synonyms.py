"""Other words for what a catalogue calls things. Tables only; `lexicon` turns them into phrases.

A key is the catalogue's own value, or several in order of preference (`a | b`): the first one the model has is meant.
The words are in the singular where they have one; plurals, and `flipflop` for `flip flop`, are made by `lexicon`.
"""

from t2i_core.text.things import KIND, MODEL, SPECIES

CATEGORY = {
    "Tshirts": "t shirt, tee, tee shirt, polo, polo shirt, polo t shirt, jersey, crew neck tee, singlet, henley",
    "Shirts": (
        "shirt, dress shirt, button down, button up, flannel, formal shirt, casual shirt, denim shirt, oxford shirt"
    ),
    "Tops": "top, blouse, camisole, cami, tank, tank top, crop top, tube top, halter, halter top, peplum, shirt top",
    "Sweatshirts": "sweat shirt, hoodie, hoody, hooded sweatshirt, hooded top, fleece",
    "Sweaters": "pullover, jumper, cardigan, knitwear, turtleneck, sweater vest",
    "Jackets": "jacket, coat, windcheater, windbreaker, parka, anorak, bomber, puffer, overcoat, trench coat, gilet",
    "Rain Jacket | Jackets": "raincoat, rain coat, rain jacket",
    "Nehru Jackets | Jackets": "nehru jacket",
    "Blazers | Jackets": "blazer, suit jacket, sport coat",
    "Waistcoat | Jackets": "waist coat, vest",
    "Jeans": "jean, denim, denims, denim jean, denim pant",
    "Trousers": (
        "trouser, pant, chino, slack, cargo, cargo pant, khakis, corduroys, formal trouser, dress pant, linen pant"
    ),
    "Track Pants": "track pant, track bottom, jogger, jogging pant, sweatpant, sweat pant, yoga pant, training pant",
    "Tracksuits": "track suit, jogging suit",
    "Shorts": "bermuda, boxers, boardshort, hot pant, cargo short, denim short, running short, three fourth",
    "Capris": "capri, three quarter, cropped pant, 3 4 pant, 3 4th pant, 3 4 length pant",
    "Leggings": "legging",
    "Jeggings | Leggings": "jegging",
    "Tights | Leggings | Stockings": "tight",
    "Stockings": "stocking, pantyhose, hosiery",
    "Skirts": "skirt, mini skirt, maxi skirt, pencil skirt",
    "Dresses": "dress, gown, frock, maxi dress, mini dress, sundress, shirt dress, maxi, evening gown, party dress",
    "Jumpsuit | Dresses": "jump suit, playsuit, dungaree",
    "Rompers": "romper, bodysuit, onesie",
    "Swimwear": "swimsuit, swim suit, bikini, swimming costume, bathing suit, swim short, swimming trunk",
    "Shrug": "shrug, bolero",
    "Tunics": "tunic, tunic top",
    "Kurtas": "kurta",
    "Kurtis | Kurtas": "kurti",
    "Kurta Sets | Kurtas": (
        "kurta set, salwar kameez, salwar suit, kurta pyjama, kurta with dupatta, churidar kurta with dupatta, "
        "kurta with churidar"
    ),
    "Sarees": "saree, sari",
    "Dupatta": "dupatta, chunni",
    "Salwar": "salwar, shalwar",
    "Patiala | Salwar": "patiala salwar",
    "Churidar | Leggings": "churidar",
    "Lehenga Choli": "lehenga, ghagra",
    "Clothing Set | Tshirts": "kidswear, kids wear, clothing set",
    "Suspenders": "braces",
    "Casual Shoes": (
        "shoe, sneaker, canvas shoe, loafer, moccasin, boat shoe, espadrille, slip on, plimsoll, high top, boot, "
        "ankle boot, footwear, skate shoe, brogue, chuck taylor"
    ),
    "Sports Shoes": (
        "sport shoe, running shoe, runner, running trainer, trainer, training shoe, gym shoe, football shoe, "
        "football boot, soccer cleat, cleat, basketball shoe, tennis shoe, cricket shoe, walking shoe, "
        "jogging shoe, jogger shoe, hiking shoe, trekking shoe, trail shoe, athletic shoe, running sneaker, "
        "training sneaker, badminton shoe, golf shoe"
    ),
    "Formal Shoes": (
        "formal shoe, dress shoe, oxford, oxford shoe, derby shoe, derby, office shoe, business shoe, semi formal shoe"
    ),
    "Booties | Heels": "bootie",
    "Heels": (
        "heel, high heel, stiletto, pump, wedge, peep toe, peeptoe, platform heel, heeled sandal, kitten heel, "
        "wedge sandal"
    ),
    "Flats": "ballerina, ballet flat, flat sandal, flat shoe, bellies, mule, jutti, mojari, ballet shoe",
    "Sandals": "sandal, floater, gladiator, clog",
    "Sports Sandals | Sandals": "sport sandal",
    "Flip Flops": "flip flop, slipper, thong sandal, slide, chappal, thongs",
    "Shoe Laces": "shoe lace, shoelace",
    "Socks": "sock, ankle sock",
    "Handbags": (
        "handbag, hand bag, bag, purse, tote, tote bag, hobo, hobo bag, satchel, sling bag, shoulder bag, "
        "shopper, cross body bag, crossbody, handheld bag, bucket bag"
    ),
    "Clutches": "clutch, clutch bag, evening bag",
    "Backpacks": "back pack, school bag, day pack, knapsack, college bag",
    "Rucksacks | Backpacks": "rucksack, trekking bag, hiking bag",
    "Laptop Bag": "laptop sleeve, laptop case, briefcase, computer bag, laptop messenger bag",
    "Messenger Bag": "courier bag, side bag, messanger bag",
    "Duffel Bag": "duffle, duffel, duffle bag, gym bag, holdall, sport bag, weekender, travel bag",
    "Trolley Bag": "suitcase, luggage, trolley, cabin bag",
    "Waist Pouch": "waist bag, fanny pack, bum bag, belt bag",
    "Mobile Pouch": "phone pouch, phone case, mobile case, mobile cover, pouch",
    "Wallets": "wallet, card holder, billfold, coin purse, money clip",
    "Belts": "belt",
    "Watches": "watch, wrist watch, chronograph, timepiece, smart watch, analog watch, analogue watch, digital watch",
    "Sunglasses": "sunglass, sun glass, shades, aviator, wayfarer, eyewear, goggle",
    "Ties": "tie, necktie, neck tie, bow tie",
    "Cufflinks": "cufflink, cuff link",
    "Caps": "cap, baseball cap, beanie, snapback, visor, hat, woolen cap, woollen cap",
    "Hat | Caps": "fedora, sun hat, straw hat",
    "Headband": "hair band, hairband, head band",
    "Scarves": "scarf, bandana",
    "Stoles": "stole, shawl, pashmina",
    "Mufflers": "muffler",
    "Gloves": "glove, mitten",
    "Umbrellas": "umbrella",
    "Wristbands": "wrist band, sweatband",
    "Water Bottle": "sipper, bottle",
    "Earrings": "earring, ear ring, ear stud, jhumka, drop earring, hoop earring, hoop",
    "Necklace and Chains": "necklace, chain, choker, neck chain",
    "Pendant": "pendant, locket, pendant necklace, pendant with chain",
    "Ring": "ring, finger ring",
    "Bangle": "bangle, kada",
    "Bracelet": "bracelet, wristlet, anklet",
    "Jewellery Set": "jewelry set, necklace set, pendant set, jewellery",
    "Perfume and Body Mist": (
        "perfume, fragrance, eau de toilette, eau de parfum, edt, edp, cologne, body mist, body spray, scent"
    ),
    "Deodorant": "deodorant, deo, deo spray, roll on, antiperspirant",
    "Fragrance Gift Set": "perfume set, perfume gift set, deo set",
    "Accessory Gift Set": "accessory set, gift set",
    "Free Gifts": "free gift",
    "Nail Polish": "nail lacquer, nail enamel, nail colour, nail color, nail paint, nail varnish",
    "Lipstick": "lip stick, lip colour, lip color",
    "Lip Gloss": "gloss, lip shine",
    "Lip Liner": "lipliner, lip pencil",
    "Lip Care": "lip balm, chapstick",
    "Kajal and Eyeliner": "kajal, eye liner, eyeliner, kohl, eye pencil",
    "Eyeshadow": "eye shadow",
    "Mascara": "mascara",
    "Foundation and Primer": "foundation, primer, makeup base",
    "Highlighter and Blush": "highlighter, blush, blusher, rouge, bronzer",
    "Compact": "compact powder, face powder, pressed powder",
    "Concealer": "concealer",
    "Face Moisturisers": "moisturiser, moisturizer, face cream, day cream, night cream, lotion, fairness cream",
    "Face Wash and Cleanser": "face wash, cleanser, facewash",
    "Face Scrub and Exfoliator": "scrub, face scrub, exfoliator",
    "Mask and Peel": "face mask, face pack, peel",
    "Body Wash and Scrub": "body wash, shower gel, soap",
    "Sunscreen": "sun screen, sunblock, sun block",
    "Hair Colour": "hair color, hair dye",
    "Footballs": "football, soccer ball",
    "Basketballs": "basketball",
    "Key chain": "keychain, key ring, keyring",
    "Electric Guitar": "guitar",
}

COLOUR = {
    "Black": "jet black, jet, onyx, ebony, noir",
    "White": "snow, snow white, bright white",
    "Off White | Cream | White": "offwhite, ivory, eggshell, pearl, ecru",
    "Cream | Off White | Beige": "creme, vanilla",
    "Grey": "gray, ash, slate, graphite, smoke, dove",
    "Grey Melange | Grey": "melange, heather grey, heather gray, gray melange, grey marl, marl",
    "Charcoal | Grey": "charcoal grey, charcoal gray, anthracite",
    "Silver | Grey": "silvery, silver tone, silver toned, sterling",
    "Steel | Silver | Grey": "gunmetal, stainless steel, gun metal",
    "Metallic | Silver": "chrome",
    "Blue": "azure, sky, cobalt, sapphire, cerulean, royal blue, sky blue, denim blue, ice blue, electric blue, indigo",
    "Navy Blue | Blue": "navy, midnight blue, ink blue, midnight",
    "Turquoise Blue | Teal | Blue": "turquoise, aqua, cyan, aquamarine",
    "Teal | Turquoise Blue | Green": "petrol",
    "Green": (
        "emerald, mint, bottle green, forest green, jade, hunter green, moss, pistachio, military green, army green"
    ),
    "Olive | Green": "olive green, army",
    "Sea Green | Green": "seagreen, sea foam, seafoam",
    "Lime Green | Green": "lime",
    "Fluorescent Green | Lime Green | Green": "neon green, neon, fluorescent",
    "Red": "crimson, scarlet, cherry, ruby, tomato, vermilion, blood red, brick red, brick",
    "Maroon | Burgundy | Red": "oxblood",
    "Burgundy | Maroon | Red": "wine, bordeaux, claret, merlot",
    "Pink": "blush pink, hot pink, baby pink, bubblegum, salmon, fluorescent pink",
    "Magenta | Pink": "fuchsia, fuschia, cerise",
    "Rose | Pink": "rose pink, dusty rose",
    "Peach | Orange | Pink": "coral, apricot",
    "Purple": "violet, plum, grape, aubergine, eggplant, amethyst",
    "Lavender | Purple": "lilac, orchid",
    "Mauve | Lavender | Purple": "mauve",
    "Yellow": "lemon, canary, sunshine",
    "Mustard | Yellow": "mustard yellow, ochre, saffron",
    "Orange": "tangerine, amber, burnt orange",
    "Rust | Orange | Brown": "terracotta, rust brown",
    "Gold | Yellow": "golden, gold tone, gold toned, gold plated, rose gold",
    "Copper | Bronze | Brown": "coppery",
    "Bronze | Copper | Brown": "antique gold, brass",
    "Brown": "chocolate, chestnut, cognac, mahogany, cocoa, walnut",
    "Coffee Brown | Brown": "coffee, mocha, espresso",
    "Mushroom Brown | Taupe | Brown": "mushroom",
    "Tan | Brown | Beige": "camel, caramel",
    "Khaki | Beige | Olive": "khaki green",
    "Beige": "sand, biscuit, fawn, oatmeal, wheat, stone",
    "Nude | Skin | Beige": "natural nude",
    "Multi": (
        "multicolour, multicolor, multicoloured, multicolored, multi colour, multi color, multi coloured, "
        "multi colored, rainbow, tie dye"
    ),
}

COLOUR_MODIFIERS = (
    "light, dark, bright, pale, deep, hot, pastel, baby, dusty, soft, royal, neon, solid, washed, matte, rich"
)

GENDER = {
    "Men": "man, mens, male, males, gent, gents, gentleman, gentlemen, guy, guys, him, his, mans",
    "Women": "woman, womens, womans, lady, ladies, ladys, female, females, her, hers",
    "Boys": "boy, boys, little boy, toddler boy, kids boys",
    "Girls": "girl, girls, little girl, toddler girl, kids girls",
    "Kids | Unisex | Boys": (
        "kid, kids, child, children, childs, childrens, toddler, toddlers, infant, infants, baby, junior, juniors"
    ),
    "Unisex": "uni sex, gender neutral, everyone",
}

SEASON = {
    "Fall": "autumn, autumnal",
    "Winter": "wintry, winters",
    "Summer": "summery, summers",
    "Spring": "springtime",
}

USAGE = {
    "Sports": (
        "sport, sporty, athletic, gym, workout, running, training, jogging, yoga, fitness, tennis, cricket, "
        "football, basketball, soccer, cycling, badminton, golf, swimming"
    ),
    "Formal": "business, office, official",
    "Ethnic": "traditional",
    "Smart Casual | Casual": "smart casual, semi formal",
    "Casual": "everyday",
    "Party": "partywear, evening, clubwear, cocktail",
    "Travel": "travelling, traveling",
}

WORDS = {
    "category": CATEGORY,
    "colour": COLOUR,
    "gender": GENDER,
    "season": SEASON,
    "usage": USAGE,
    "kind": KIND,
    "model": MODEL,
    "species": SPECIES,
}

# What a one-word category turns out to be: (its word, words elsewhere in the title, the category meant), in order of
# precedence. A brand counts as a cue as a whole. Of the bare “shoes” of Nike, Reebok and Asics in the training titles
# four in five are sports shoes.
CUES: tuple[tuple[str, str, str], ...] = (
    ("shoe", "casual canvas", "Casual Shoes"),
    (
        "shoe",
        "sports sport running training football soccer basketball tennis cricket gym jogging athletic walking trekking "
        "hiking trail badminton golf workout fitness runner nike reebok asics",
        "Sports Shoes",
    ),
    ("shoe", "formal oxford derby office business", "Formal Shoes"),
    ("shoe", "heel heels heeled stiletto", "Heels"),
    ("sandal", "sports sport", "Sports Sandals"),
    ("sandal", "heel heels heeled wedge wedges", "Heels"),
    ("sandal", "flat flats", "Flats"),
    ("bag", "laptop computer", "Laptop Bag"),
    ("bag", "messenger", "Messenger Bag"),
    ("bag", "duffle duffel gym travel", "Duffel Bag"),
    ("bag", "trolley cabin", "Trolley Bag"),
    ("bag", "school backpack", "Backpacks"),
    ("pant", "track training yoga jogging sports", "Track Pants"),
    ("pouch", "waist", "Waist Pouch"),
    ("shirt", "polo", "Tshirts"),
    ("dupatta", "salwar", "Salwar and Dupatta"),
)

LITTLE_WORDS = """
a an and at as by for from in is it its made of on or the to with without your my our this that new
colour color colours colors coloured colored pair pairs pack piece pieces pcs pc size sizes combo
n no s t i ml gm cm mm inch inches xs xl xxl xxxl x small medium large
"""
STOP_WORDS = frozenset(LITTLE_WORDS.split())
