"""Names and short sentences of the core that pages show and translate: the core knows no languages, so they are marked
here for the catalogue. Whatever is missing here is shown in English."""

from t2i_core.ui.language import N_

RULES = (
    *(N_("Animated"), N_("Background"), N_("Barcode"), N_("Blank"), N_("Blur"), N_("Border"), N_("CMYK")),
    *(N_("Category"), N_("Collage"), N_("Colour"), N_("Discount"), N_("Empty"), N_("Failed"), N_("Fill")),
    *(N_("Format"), N_("Handle"), N_("Inset"), N_("JPEG"), N_("Learned"), N_("Missing"), N_("Near white")),
    *(N_("Not a product photo"), N_("Off product"), N_("Other title"), N_("Phone"), N_("Placeholder"), N_("Price")),
    *(N_("Promo"), N_("QR"), N_("Rotated"), N_("Same title"), N_("Size"), N_("Size soon"), N_("Too large")),
    *(N_("Too many bytes"), N_("Too many pixels"), N_("Truncated"), N_("URL"), N_("Unknown"), N_("Unreadable")),
    *(N_("Upscaled"), N_("Watermark"), N_("Zoom")),
)
PROFILES = (N_("General"), N_("Amazon"), N_("Google Merchant"), N_("Google Merchant, apparel"))
GARMENTS = (
    *(N_("Striped T-shirt"), N_("Red T-shirt"), N_("Green pullover"), N_("Yellow tank top"), N_("Jeans")),
    *(N_("Khaki shorts"), N_("Plum skirt"), N_("Summer dress"), N_("Beige trousers"), N_("Blue jeans")),
)
STANCES = (N_("standing"), N_("hands on hips"), N_("arms apart"), N_("one arm raised"), N_("a step"))
MEASURES = (N_("Shoulder"), N_("Chest"), N_("Waist"), N_("Hip"), N_("Inseam"))
STATES = (N_("queued"), N_("running"), N_("succeeded"), N_("failed"), N_("cancelled"))
PARTS_OF_A_STEP = (N_("data"), N_("forward"), N_("backward"), N_("optimizer"))
HEALTH = (
    *(N_("starting"), N_("healthy"), N_("plateau")),
    *(N_("discriminator overpowers"), N_("mode collapse"), N_("diverged")),
    N_("Too young to judge."),
    N_("Healthy: nothing in the losses asks for attention."),
    N_("Standing still: the loss no longer falls at this learning rate. Let the rate fall, or stop."),
)
