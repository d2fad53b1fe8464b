//! Words and what is better, as `words = better; …`. Each entry is true in almost every sentence;
//! what depends on the sentence is left out.

use std::sync::LazyLock;

use super::phrases::Rules;

/// Slips.
pub static TYPO_RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of(&[TYPOS]));
/// Clearer: wordy phrases.
pub static WORDY_RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of(&[WORDY]));
/// Shorter: wordy phrases and filler.
pub static SHORT_RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of(&[FILLER, WORDY]));
/// More formal.
pub static FORMAL_RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of(&[INFORMAL, CONTRACTIONS]));
/// Fuller: short forms written out.
pub static FULL_RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of(&[CONTRACTIONS, SHORT_FORMS]));
/// Plainer.
pub static PLAIN_RULES: LazyLock<Rules> = LazyLock::new(|| Rules::of(&[WORDY, PLAIN]));

const TYPOS: &str = "\
    teh = the; hte = the; adn = and; taht = that; thier = their; recieve = receive; \
    recieved = received; recieves = receives; beleive = believe; belive = believe; \
    seperate = separate; seperately = separately; definately = definitely; \
    definitly = definitely; occured = occurred; occuring = occurring; occurence = occurrence; \
    untill = until; wich = which; becuase = because; beacuse = because; \
    accomodate = accommodate; accomodation = accommodation; acheive = achieve; \
    acheived = achieved; adress = address; agressive = aggressive; apparant = apparent; \
    arguement = argument; begining = beginning; calender = calendar; catagory = category; \
    collegue = colleague; collegues = colleagues; comittee = committee; commitee = committee; \
    concious = conscious; dependant on = dependent on; developement = development; \
    dissapoint = disappoint; embarass = embarrass; enviroment = environment; \
    enviromental = environmental; existance = existence; familar = familiar; finaly = finally; \
    foward = forward; goverment = government; grammer = grammar; gaurantee = guarantee; \
    happend = happened; immediatly = immediately; independant = independent; \
    intresting = interesting; knowlege = knowledge; libary = library; \
    maintainance = maintenance; managment = management; neccessary = necessary; \
    necesary = necessary; noticable = noticeable; ocassion = occasion; \
    oppurtunity = opportunity; opertunity = opportunity; persistant = persistent; \
    posession = possession; prefered = preferred; probaly = probably; probly = probably; \
    publically = publicly; realy = really; recomend = recommend; recomended = recommended; \
    refered = referred; relevent = relevant; resistence = resistance; \
    responsability = responsibility; shoud = should; sucess = success; succesful = successful; \
    successfull = successful; suprise = surprise; tommorow = tomorrow; tommorrow = tomorrow; \
    tomorow = tomorrow; truely = truly; usefull = useful; wether = whether; writting = writing; \
    alot = a lot; should of course = should of course; could of course = could of course; \
    would of course = would of course; must of course = must of course; could of = could have; \
    should of = should have; would of = would have; must of = must have; dont = don't; \
    doesnt = doesn't; didnt = didn't; cant = can't; wont = won't; isnt = isn't; wasnt = wasn't; \
    couldnt = couldn't; wouldnt = wouldn't; shouldnt = shouldn't; ive = I've;";

const WORDY: &str = "\
    in order to = to; due to the fact that = because; at this point in time = now; \
    at the present time = now; at that point in time = then; in the event that = if; \
    in the event of = if there is; for the purpose of = for; with the exception of = except; \
    a large number of = many; a great number of = many; a majority of = most; \
    the majority of = most; in spite of the fact that = although; \
    despite the fact that = although; owing to the fact that = because; \
    in view of the fact that = because; on account of = because of; \
    as a result of = because of; in close proximity to = near; in the vicinity of = near; \
    has the ability to = can; have the ability to = can; is able to = can; are able to = can; \
    is in a position to = can; in the near future = soon; on a daily basis = daily; \
    on a weekly basis = weekly; on a monthly basis = monthly; on a regular basis = regularly; \
    on a yearly basis = yearly; until such time as = until; prior to = before; \
    subsequent to = after; with regard to = about; with respect to = about; \
    with reference to = about; in regard to = about; make a decision = decide; \
    make decisions = decide; take into consideration = consider; \
    takes into consideration = considers; give consideration to = consider; make use of = use; \
    makes use of = uses; made use of = used; came to the conclusion = concluded; \
    it is important to note that =; it should be noted that =; it is worth noting that =; \
    it goes without saying that =; needless to say =; the fact that = that; \
    each and every = every; first and foremost = first; end result = result; \
    past history = history; future plans = plans; completely eliminate = eliminate; \
    absolutely essential = essential; advance planning = planning; basic fundamentals = basics; \
    free gift = gift; final outcome = outcome; join together = join; refer back = refer; \
    repeat again = repeat; still remains = remains; very unique = unique; \
    whether or not = whether; by means of = by; in addition to this = also; \
    for the reason that = because; in a timely manner = on time;";

const FILLER: &str = "\
    basically =; actually =; really =; very =; quite =; simply =; literally =; just =; \
    obviously =; clearly =; of course =; in fact =; as a matter of fact =; to be honest =; \
    honestly =; essentially =; certainly =; definitely =; totally =; extremely =; \
    as you know =; as we all know =; for all intents and purposes =; \
    when all is said and done =; at the end of the day =; in my opinion =; i think that =; \
    i think =; i believe that =; i believe =; i feel that =; sort of =; kind of =; \
    more or less =; somewhat =; in general =; generally speaking =; there is no doubt that =; \
    that being said =; having said that =; interestingly =; importantly =;";

const CONTRACTIONS: &str = "\
    aren't = are not; can't = cannot; couldn't = could not; didn't = did not; \
    doesn't = does not; don't = do not; hadn't = had not; hasn't = has not; haven't = have not; \
    isn't = is not; mustn't = must not; needn't = need not; shouldn't = should not; \
    wasn't = was not; weren't = were not; won't = will not; wouldn't = would not; \
    ain't = is not; i'm = I am; you're = you are; we're = we are; they're = they are; \
    i've = I have; you've = you have; we've = we have; they've = they have; \
    could've = could have; should've = should have; would've = would have; i'll = I will; \
    you'll = you will; he'll = he will; she'll = she will; it'll = it will; we'll = we will; \
    they'll = they will; it's been = it has been; it's = it is; that's = that is; \
    there's been = there has been; there's = there is; here's = here is; what's = what is; \
    he's been = he has been; he's = he is; she's been = she has been; she's = she is; \
    let's = let us; who's = who is; i'd like = I would like; we'd like = we would like; \
    i'd = I would; we'd = we would; you'd = you would;";

const INFORMAL: &str = "\
    gonna = going to; wanna = want to; gotta = have to; kinda = somewhat; sorta = somewhat; \
    dunno = do not know; lemme = let me; gimme = give me; yeah = yes; yep = yes; nope = no; \
    a lot of = many; lots of = many; tons of = many; loads of = many; a bunch of = several; \
    a couple of = several; get rid of = remove; got rid of = removed; find out = determine; \
    figure out = determine; look into = examine; looking into = examining; look at = examine; \
    deal with = address; set up = establish; point out = indicate; points out = indicates; \
    put off = postpone; bring up = raise; come up with = develop; came up with = developed; \
    go over = review; make sure = ensure; makes sure = ensures; kids = children; kid = child; \
    guys = everyone; folks = people; stuff = material; awesome = excellent; \
    pretty much = largely; ok = acceptable; okay = acceptable; asap = as soon as possible; \
    fyi = for your information; btw = incidentally; i guess = it appears that; \
    i think that = it appears that; i think = it appears that; maybe = perhaps; \
    kind of = somewhat; sort of = somewhat; thanks = thank you; a bit = slightly; \
    huge = substantial; buy = purchase; bought = purchased; bad = poor; boss = manager; \
    till = until; plus = and; messed up = failed; mess up = fail; screwed up = failed; \
    broke down = failed; big deal = important matter;";

const SHORT_FORMS: &str = "\
    e.g = for example; asap = as soon as possible; approx = approximately; \
    fyi = for your information; incl = including; info = information; w/o = without; \
    dept = department; govt = government; mgmt = management;";

const PLAIN: &str = "\
    utilize = use; utilizes = uses; utilized = used; utilizing = using; utilise = use; \
    utilised = used; utilization = use; commence = start; commences = starts; \
    commenced = started; commencing = starting; terminate = end; terminates = ends; \
    terminated = ended; facilitate = ease; facilitates = eases; facilitated = eased; \
    demonstrate = show; demonstrates = shows; endeavour = try; endeavor = try; \
    ascertain = find out; approximately = about; additional = extra; additionally = also; \
    furthermore = also; moreover = also; consequently = so; nevertheless = still; \
    nonetheless = still; notwithstanding = despite; sufficient = enough; \
    insufficient = not enough; numerous = many; purchased = bought; require = need; \
    requires = needs; required = needed; assistance = help; assist = help; assists = helps; \
    obtain = get; obtains = gets; acquire = get; attempted = tried; inform = tell; \
    informs = tells; informed = told; inquire = ask; enquire = ask; modify = change; \
    modifies = changes; modified = changed; modification = change; modifications = changes; \
    implement = carry out; implemented = carried out; establish = set up; established = set up; \
    reside = live; resides = lives; residence = home; regarding = about; methodology = method; \
    methodologies = methods; optimal = best; optimum = best; maximize = increase; \
    minimize = reduce; anticipate = expect; anticipated = expected; component = part; \
    components = parts; comprise = include; comprises = includes; constitute = make up; \
    constitutes = makes up; allocate = give; disseminate = spread; eliminate = remove; \
    eliminates = removes; eliminated = removed; enumerate = list; expedite = speed up; \
    feasible = possible; henceforth = from now on; indicate = show; indicates = shows; \
    initial = first; initially = at first; initiate = start; initiated = started; \
    magnitude = size; necessitate = need; necessitates = needs; participate = take part; \
    perceive = see; portion = part; possess = have; possesses = has; preclude = prevent; \
    prioritize = put first; procure = buy; procurement = buying; remainder = rest; \
    remuneration = pay; retain = keep; retains = keeps; retained = kept; subsequently = later; \
    substantial = large; substantially = much; transmit = send; transmitted = sent; \
    transmits = sends; ultimately = in the end; upon = on; whilst = while; \
    aforementioned = earlier; accordingly = so; alleviate = ease; ameliorate = improve; \
    beneficial = helpful; cognizant = aware; deleterious = harmful; elucidate = explain; \
    paradigm = model; synergy = working together; leverages = uses; leveraged = used; \
    leveraging = using; in lieu of = instead of; in accordance with = by; pursuant to = under; \
    in conjunction with = with; a multitude of = many; a plethora of = many;";
