"""Other words for shoes, guitars, birds, and the hair and eyes of drawn faces. Tables in the form of `synonyms`."""

KIND = {
    "Boot": (
        "bootie, ankle boot, chelsea boot, chukka, chukka boot, desert boot, cowboy boot, rain boot, snow boot, "
        "hiking boot, combat boot, riding boot, knee high boot, winter boot, wellington, wellie, gumboot"
    ),
    "Sandal": (
        "flip flop, slide, gladiator, gladiator sandal, thong sandal, strappy sandal, wedge sandal, heeled sandal, "
        "floater, chappal"
    ),
    "Shoe": (
        "sneaker, trainer, loafer, moccasin, oxford, derby, brogue, boat shoe, slip on, plimsoll, espadrille, "
        "high top, heel, high heel, pump, stiletto, wedge, flat, ballerina, ballet flat, clog, mule, slipper, "
        "footwear, runner, running shoe, tennis shoe, sport shoe, athletic shoe, walking shoe, dress shoe, "
        "formal shoe, casual shoe, canvas shoe, lace up"
    ),
}

MODEL = {
    "Fender Stratocaster": "stratocaster, strat, fender strat",
    "Fender Telecaster": "telecaster, tele, fender tele",
    "Fender Jazzmaster": "jazzmaster, jazz master",
    "Fender Jaguar": "jaguar",
    "Fender Mustang": "mustang",
    "Gibson Les Paul": "les paul, lp, gibson lp",
    "Gibson SG": "sg",
    "Gibson Flying V": "flying v",
    "Gibson ES": "es 335, es335, 335, es 339, gibson es 335, gibson es335, gibson es 339",
    "Gibson Firebird": "firebird",
    "Gibson Explorer": "explorer",
}

SPECIES = {
    "American Redstart": "redstart",
    "American Three toed Woodpecker": "three toed woodpecker",
    "Anna Hummingbird": "annas hummingbird",
    "Black footed Albatross": "albatross",
    "Bronzed Cowbird": "cowbird",
    "Brown Creeper": "creeper",
    "Cape Glossy Starling": "starling, glossy starling, cape starling",
    "Chuck will Widow": "chuck wills widow",
    "Clark Nutcracker": "nutcracker, clarks nutcracker",
    "Common Yellowthroat": "yellowthroat",
    "Geococcyx": "roadrunner, road runner, greater roadrunner",
    "Gray Catbird": "grey catbird",
    "Gray crowned Rosy Finch": "grey crowned rosy finch, rosy finch",
    "Green Violetear": "violetear",
    "Groove billed Ani": "ani",
    "Heermann Gull": "heermanns gull",
    "Henslow Sparrow": "henslows sparrow",
    "Horned Lark": "lark",
    "Horned Puffin": "puffin",
    "Le Conte Sparrow": "le contes sparrow, lecontes sparrow",
    "Louisiana Waterthrush": "waterthrush",
    "Mallard": "mallard duck",
    "Pacific Loon": "loon",
    "Parakeet Auklet": "auklet",
    "Pigeon Guillemot": "guillemot",
    "Red faced Cormorant": "cormorant",
    "Scott Oriole": "scotts oriole",
    "Tropical Kingbird": "kingbird",
    "Western Meadowlark": "meadowlark",
    "Whip poor Will": "whippoorwill",
    "White breasted Nuthatch": "nuthatch",
    "Wilson Warbler": "wilsons warbler",
}

# A colour says nothing of a face until what has that colour is named after it: the blue of “blue hair, red eyes”.
# The first word is the one that training texts use.
PARTS = {"hair": "hair, haired", "eyes": "eyes, eyed, eye"}
PART_COLOURS = {
    "hair": {
        "aqua": "cyan, turquoise, teal, aquamarine",
        "black": "jet black, raven, dark",
        "blonde": "blond, golden, gold, yellow",
        "blue": "azure, sky blue, navy, navy blue, indigo",
        "brown": "chestnut, chocolate, auburn, brunette",
        "gray": "grey, silver, ash",
        "green": "emerald, mint, lime",
        "orange": "ginger, copper",
        "pink": "rose, magenta, fuchsia, salmon",
        "purple": "violet, lavender, lilac",
        "red": "crimson, scarlet, ruby",
        "white": "snow white",
    },
    "eyes": {
        "aqua": "cyan, turquoise, teal, aquamarine",
        "black": "jet black, dark",
        "blue": "azure, sapphire, sky blue, navy",
        "brown": "hazel, chestnut, chocolate",
        "green": "emerald, mint, lime",
        "orange": "copper",
        "pink": "rose, magenta, fuchsia",
        "purple": "violet, lavender, lilac, amethyst",
        "red": "crimson, scarlet, ruby",
        "yellow": "golden, gold, amber",
    },
}
# Words for a colour of hair that can mean nothing else.
BARE_COLOURS = {"hair": {"blonde": "blonde, blond", "brown": "brunette", "red": "redhead, redheaded, red head"}}
BETWEEN = "long, short, curly, wavy, straight, spiky, messy, big, large, round"  # “blue long hair”
