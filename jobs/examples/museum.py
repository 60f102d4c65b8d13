"""What the example of a dubbing night says: a title of 40 s in six languages, cue by cue.

Every language has a date, a sum of money, a percentage and an abbreviation.
"""

LENGTH_S = 40.0

CUES_S = (
    (0.5, 4.5),
    (5.0, 9.5),
    (10.0, 14.5),
    (15.0, 19.5),
    (20.0, 24.5),
    (25.0, 29.5),
    (30.0, 34.5),
    (35.0, 39.5),
)
"""When each cue begins and ends, the same in all languages: the film's picture does not wait."""

TEXTS = {
    "en": (
        "Good evening, and welcome to the harbour museum.",
        "It opened on 3 May 1997, in the old customs house.",
        "Dr. Weber found the first ship under the pier.",
        "The repair cost €2.5 million, and took four years.",
        "Today, 85% of its timber is still the old oak.",
        "A ticket is €12, children come in free.",
        "The doors close at 6 p.m., so do not come too late.",
        "Thank you for listening, and enjoy your visit.",
    ),
    "de": (
        "Guten Abend und willkommen im Hafenmuseum.",
        "Es wurde am 3. Mai 1997 im alten Zollhaus eröffnet.",
        "Dr. Weber fand das erste Schiff unter dem Steg.",
        "Die Reparatur kostete 2,5 Mio. € und dauerte vier Jahre.",
        "Noch heute sind 85 % des Holzes alte Eiche.",
        "Eine Karte kostet 12 €, Kinder haben freien Eintritt.",
        "Wir schließen um 18 Uhr, kommen Sie also nicht zu spät.",
        "Danke fürs Zuhören und viel Freude beim Besuch.",
    ),
    "fr": (
        "Bonsoir et bienvenue au musée du port.",
        "Il a ouvert le 3 mai 1997, dans l'ancienne douane.",
        "Le Dr Weber a trouvé le premier navire sous le quai.",
        "Sa réparation a coûté 2,5 M€ et a duré quatre ans.",
        "Aujourd'hui, 85 % du bois est encore du vieux chêne.",
        "Le billet coûte 12 €, l'entrée est libre pour les enfants.",
        "Nous fermons à 18 h, ne venez donc pas trop tard.",
        "Merci de votre écoute, et bonne visite.",
    ),
    "es": (
        "Buenas noches y bienvenidos al museo del puerto.",
        "Se inauguró el 3 de mayo de 1997, en la antigua aduana.",
        "El Dr. Weber halló el primer barco bajo el muelle.",
        "La reparación costó 2,5 M€ y duró cuatro años.",
        "Hoy, el 85 % de la madera sigue siendo roble viejo.",
        "La entrada cuesta 12 €, los niños pasan gratis.",
        "Cerramos a las 18:00, no lleguen tarde.",
        "Gracias por su atención, y disfruten de la visita.",
    ),
    "hi": (
        "नमस्ते, बंदरगाह संग्रहालय में आपका स्वागत है।",
        "यह 3 मई 1997 को पुराने सीमा शुल्क भवन में खुला।",
        "डॉ. वेबर को पहला जहाज़ घाट के नीचे मिला।",
        "मरम्मत में 25 लाख € लगे और चार साल बीते।",
        "आज भी 85% लकड़ी पुराना बलूत ही है।",
        "टिकट 12 € का है, बच्चों का प्रवेश निःशुल्क है।",
        "हम शाम 6 बजे बंद करते हैं, देर से न आएँ।",
        "सुनने के लिए धन्यवाद, आपकी यात्रा शुभ हो।",
    ),
    "ja": (
        "こんばんは。港の博物館へようこそ。",
        "1997年5月3日、古い税関の建物に開館しました。",
        "最初の船は桟橋の下で見つかり、TVでも報じられました。",
        "修理には250万ユーロかかり、4年を要しました。",
        "今でも木材の85%は昔のオークです。",
        "入場料は12ユーロ、子どもは無料です。",
        "閉館は午後6時です。遅れないようにお越しください。",
        "ご清聴ありがとうございました。どうぞごゆっくり。",
    ),
}
