"""Sentences in languages without an aligner, spoken by festival, which tells when it says words.

Debian has the program and the voices: festival, festvox-italp16k, festvox-itapc16k,
festvox-czech-ph, festvox-suopuhe-lj. The sentences were written for this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.media.process import run_program
from pipeline.media.text.written_words import written_words
from pipeline.nouns import Span

TIMEOUT_S = 300.0

ITALIAN = """\
Il presidente ha parlato ieri sera alla nazione, e tutti ascoltavano in silenzio.
La mattina del lunedì il treno parte sempre in ritardo.
Mia sorella abita in una piccola casa vicino al mare.
Non ho mai visto una montagna alta come questa.
I bambini giocano nel parco finché non diventa buio.
Il fornaio apre il negozio prima che sorga il sole.
Quando piove forte, le strade della città si riempiono di acqua.
Abbiamo mangiato pane, formaggio e pomodori sotto un grande albero.
Il professore spiega la lezione con molta pazienza.
Domani andremo al mercato a comprare frutta fresca.
La vecchia barca attraversa lentamente il lago.
Nessuno sapeva perché la porta fosse rimasta aperta.
Il gatto dorme tutto il giorno davanti alla finestra.
Ho dimenticato il cappello sul tavolo della cucina.
Gli amici di mio padre cantano nel coro della chiesa.
Prima di uscire, chiudi bene le finestre e spegni la luce.
Il medico dice che bisogna camminare ogni giorno.
Le stelle brillano nel cielo sereno di agosto.
Un uomo solo attendeva sul binario della stazione.
La musica si sentiva da lontano, oltre il fiume.
Questo libro racconta la storia di una famiglia di contadini.
Il vento ha portato via i panni stesi nel cortile.
Mi piace bere il caffè quando tutti dormono ancora.
La nave entrò nel porto mentre il sole tramontava.
Tutti i giornali parlano della nuova legge sul lavoro.
Il pittore guardava la tela senza muovere il pennello.
In autunno le foglie cadono lungo il viale del castello.
La signora del terzo piano saluta sempre con gentilezza.
Volevo scriverti una lettera, ma non trovavo le parole.
Il cuoco aggiunge sale, pepe e un poco di olio.
"""

CZECH = """\
Dnes je velmi krásný den a slunce svítí na naše město.
Můj bratr pracuje v malé dílně na konci ulice.
Vlak do Prahy odjíždí každou hodinu z druhého nástupiště.
Včera večer pršelo, a proto jsme zůstali doma.
Stará paní krmí holuby na náměstí před kostelem.
Děti si hrály na zahradě až do pozdního večera.
Když přijde zima, jezero zamrzne a lidé na něm bruslí.
Učitel napsal na tabuli dlouhou větu.
Nikdo nevěděl, kam zmizel starý klíč od sklepa.
Kočka leží na okně a pozoruje ptáky.
Moje sestra čte knihu o cestě kolem světa.
Na stole stojí sklenice vody a talíř s chlebem.
Řidič zastavil autobus, protože silnici přecházel jelen.
Lékař řekl, že musím každý den chodit na procházku.
Hudebníci hráli na nádvoří hradu až do půlnoci.
V lese jsme našli hodně hub a borůvek.
Pekař otevírá obchod dříve, než vyjde slunce.
Ten dům postavil můj dědeček vlastníma rukama.
Noviny píšou o novém mostě přes řeku.
Na podzim padá listí a dny jsou kratší.
Maminka vaří polévku a otec krájí zeleninu.
Loď pomalu plula po řece směrem k moři.
Zapomněl jsem deštník v kavárně u nádraží.
Malíř hleděl na prázdné plátno a přemýšlel.
Sousedé nás pozvali na večeři příští sobotu.
Po dlouhé cestě jsme byli unavení, ale šťastní.
Studenti čekali před školou na výsledky zkoušek.
Vítr otevřel okno a svíčka zhasla.
Ráno piju kávu a poslouchám rádio.
Hory na obzoru byly pokryté sněhem.
"""

FINNISH = """\
Tämä on hyvin kaunis talo, ja sen vieressä on järvi.
Veljeni asuu pienessä kylässä lähellä metsää.
Juna lähtee asemalta joka tunti.
Eilen satoi koko päivän, joten pysyimme kotona.
Vanha nainen ruokkii lintuja torilla.
Lapset leikkivät pihalla myöhään iltaan asti.
Talvella järvi jäätyy ja ihmiset luistelevat.
Opettaja kirjoitti taululle pitkän lauseen.
Kukaan ei tiennyt, minne avain oli kadonnut.
Kissa makaa ikkunalla ja katselee lintuja.
Sisareni lukee kirjaa matkasta maailman ympäri.
Pöydällä on lasi vettä ja lautanen leipää.
Kuljettaja pysäytti bussin, koska hirvi ylitti tien.
Lääkäri sanoi, että minun pitää kävellä joka päivä.
Soittajat soittivat linnan pihalla keskiyöhön asti.
Metsästä löysimme paljon sieniä ja mustikoita.
Leipuri avaa kaupan ennen auringon nousua.
Isoisäni rakensi tämän talon omin käsin.
Lehdet kirjoittavat uudesta sillasta joen yli.
Syksyllä lehdet putoavat ja päivät lyhenevät.
Äiti keittää keittoa ja isä leikkaa vihanneksia.
Laiva kulki hitaasti jokea pitkin kohti merta.
Unohdin sateenvarjon kahvilaan aseman viereen.
Taiteilija katseli tyhjää kangasta ja mietti.
Naapurit kutsuivat meidät illalliselle lauantaina.
Pitkän matkan jälkeen olimme väsyneitä mutta onnellisia.
Oppilaat odottivat koulun edessä kokeen tuloksia.
Tuuli avasi ikkunan ja kynttilä sammui.
Aamulla juon kahvia ja kuuntelen radiota.
Vuoret taivaanrannassa olivat lumen peitossa.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FestivalVoice:
    """A voice of festival: its Scheme function, and the encoding in which it takes text."""

    function: str
    language: str
    encoding: str
    text: str


VOICES: Mapping[str, FestivalVoice] = {
    "it:pc": FestivalVoice(
        function="voice_pc_diphone", language="it", encoding="latin-1", text=ITALIAN
    ),
    "it:lp": FestivalVoice(
        function="voice_lp_diphone", language="it", encoding="latin-1", text=ITALIAN
    ),
    "cs:ph": FestivalVoice(
        function="voice_czech_ph", language="cs", encoding="iso-8859-2", text=CZECH
    ),
    "fi:lj": FestivalVoice(
        function="voice_suo_fi_lj_diphone", language="fi", encoding="latin-1", text=FINNISH
    ),
}

DEFINITIONS = """\
(define (tell utt name)
  (let ((file (fopen name "w")))
    (mapcar (lambda (word) (format file "%s %f %f\\n" (item.name word)
      (item.feat word "word_start") (item.feat word "word_end"))) (utt.relation.items utt 'Word))
    (fclose file)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence as a file, and when each of its written words is said; empty: festival counts
    others."""

    text: str
    wav: Path
    truth: tuple[Span, ...]


def festival_says(voice: FestivalVoice, folder: Path) -> Iterator[Said]:
    """Its sentences, each as a WAV file in the folder."""
    sentences = voice.text.splitlines()
    lines = [
        f'(set! said (SynthText "{sentence}"))\n'
        f'(tell said "{folder}/{at}.txt")\n(utt.save.wave said "{folder}/{at}.wav" \'riff)\n'
        for at, sentence in enumerate(sentences)
    ]
    program = folder / "say.scm"
    whole = f"{DEFINITIONS}({voice.function})\n{''.join(lines)}"
    program.write_bytes(whole.encode(voice.encoding))
    run_program(["festival", "-b", str(program)], timeout_s=TIMEOUT_S)
    for at, sentence in enumerate(sentences):
        told = (folder / f"{at}.txt").read_text(voice.encoding).splitlines()
        spans = [Span(start_s=float(a), stop_s=float(b)) for _, a, b in map(str.split, told)]
        same = len(spans) == len(written_words(sentence, spaced=True))
        yield Said(text=sentence, wav=folder / f"{at}.wav", truth=tuple(spans) if same else ())
