"""Who works at the sample company when its story begins, and in which teams."""

from dataclasses import dataclass
from datetime import date, timedelta

from portx_access.sample.company import DOMAIN, Human, World, slug
from portx_access.sample.tables import read


@dataclass(frozen=True, slots=True)
class Team:
    name: str
    department: str
    lead: str
    alias: str

    @property
    def mail(self) -> str:
        return f"{self.alias}@{DOMAIN}"

    @property
    def slack_channel(self) -> str:
        return f"#{self.alias}"


TEAMS = (
    Team("Executive", "Management", "Helena Duarte", "executive"),
    Team("Payments Engineering", "Engineering", "Alice Okafor", "payments"),
    Team("Ledger Engineering", "Engineering", "Marcus Bell", "ledger"),
    Team("Platform", "Engineering", "Jonas Weber", "platform"),
    Team("Data and Quality", "Engineering", "Leila Rahimi", "data"),
    Team("Product", "Product", "Claire Beaumont", "product"),
    Team("Security Compliance", "Security", "Sam Reyes", "security"),
    Team("Incident Response", "Security", "Rosa Delgado", "incident"),
    Team("IT Operations", "Operations", "Andrei Popescu", "it"),
    Team("Customer Support", "Operations", "Bob Lindqvist", "support"),
    Team("Sales and Marketing", "Commercial", "Valentina Rossi", "sales"),
    Team("Finance", "Finance", "Thomas Becker", "finance"),
    Team("People", "People", "Sunita Rao", "people"),
)
DEPARTMENT = {team.name: team.department for team in TEAMS}

# Team, then one group a line: manager > title: names.
EMPLOYEES = """
Executive
- > Chief Executive Officer: Helena Duarte
Helena Duarte > Chief Technology Officer: Irene Sato
Helena Duarte > Chief Financial Officer: Matthias Vogel
Helena Duarte > Chief Operating Officer: Abena Mensah
Helena Duarte > Chief Revenue Officer: Lucas Ferreira
Helena Duarte > Chief Information Security Officer: Ingrid Solberg

Payments Engineering
Irene Sato > Head of Payments Engineering: Alice Okafor
Alice Okafor > Senior Engineer: Tom Eriksen, Sofia Marino, Emre Aydemir
Alice Okafor > Engineering Manager: Nadia Haddad
Nadia Haddad > Engineer: Kwame Boateng, Elif Demir, Joaquín Herrera, Hannah Levy, Pavel Novák

Ledger Engineering
Irene Sato > Head of Ledger Engineering: Marcus Bell
Marcus Bell > Senior Engineer: Viktor Horváth, Yuki Mori, Olivia Grant
Marcus Bell > Engineer: Tariq Aziz, Beatriz Costa, Liam O'Connor, Zofia Wiśniewska, Arjun Mehta
Marcus Bell > Database Engineer: Femke de Vries, Samuel Osei

Platform
Irene Sato > Head of Platform: Jonas Weber
Jonas Weber > Platform Engineer: Ravi Shankaran, Élodie Laurent, Mikael Lund, Camille Dubois
Jonas Weber > Reliability Manager: Greta Schmid
Jonas Weber > Platform Engineer: Chinedu Eze
Greta Schmid > Reliability Engineer: Noah Fernandes, Iva Petrova, Jun Park, Declan Byrne
Greta Schmid > Site Engineer: Daniel Kim

Data and Quality
Irene Sato > Head of Data and Quality: Leila Rahimi
Leila Rahimi > Data Engineer: Stefan Ionescu, Amara Diallo, Hugo Lindgren, Nora Haugen
Leila Rahimi > Test Engineer: Mateus Oliveira, Shreya Iyer, Piotr Zieliński, Fatima Zahra Benali

Product
Irene Sato > Head of Product: Claire Beaumont
Claire Beaumont > Product Manager: Daniel Kim, Esther Mwangi, Felix Brandt, Giulia Conti
Claire Beaumont > Product Designer: Harriet Cole, Isaac Goldberg, Jana Nováková

Security Compliance
Ingrid Solberg > Security Lead: Sam Reyes
Sam Reyes > Compliance Analyst: Theo Papadakis, Marisol Vega, Owen Hughes
Sam Reyes > Security Engineer: Aiko Yamada, Lindiwe Dube

Incident Response
Ingrid Solberg > Incident Response Lead: Rosa Delgado
Rosa Delgado > Incident Responder: Karim Nasser, Tove Nilsen, Ben Carter, Wei Zhang

IT Operations
Abena Mensah > Head of IT: Andrei Popescu
Andrei Popescu > Systems Administrator: Ada Kowalczyk, Martin Fuchs, Naledi Khumalo
Andrei Popescu > Network Engineer: Simon Keller, Priscilla Tan
Andrei Popescu > IT Support Specialist: George Whitaker, Yasmin Said, Henrik Dahl

Customer Support
Abena Mensah > Head of Customer Support: Bob Lindqvist
Bob Lindqvist > Senior Support Specialist: Lena Fischer, Aaron Mitchell, Bianca Moreau
Bob Lindqvist > Support Specialist: Carlos Jiménez
Bob Lindqvist > Support Specialist: Chloe Martin, Deepa Krishnan, Emily Watson, Farid Karimi
Bob Lindqvist > Support Specialist: Georgia Pappas, Hana Suzuki, Ivan Petrov, Jasmine Clarke
Bob Lindqvist > Support Specialist: Kofi Asante, Laura Bianchi, Mohammed Rahman, Nina Johansson
Bob Lindqvist > Support Specialist: Oluwaseun Bello, Paula Mendes, Quentin Leroy, Rebecca Stone
Bob Lindqvist > Support Specialist: Stella Kim, Tomasz Nowak, Uma Patel

Sales and Marketing
Lucas Ferreira > Sales Director: Valentina Rossi
Valentina Rossi > Regional Sales Manager: Grace Lindholm, Patrick Doyle
Valentina Rossi > Marketing Manager: Maya Cohen
Grace Lindholm > Account Executive: Adriana Silva, Bruno Marchetti, Cecilia López, Dylan Price
Patrick Doyle > Account Executive: Ahmed Farouk, Oscar Nyman, Eva Horáková, Finn Gallagher
Patrick Doyle > Account Executive: Gabriela Santos, Heidi Aalto
Maya Cohen > Marketing Specialist: Ian Fletcher, Jelena Marković, Kai Andersen, Lucía Romero
Valentina Rossi > Sales Analyst: Nicole Weiß, Omar Haddadi

Finance
Matthias Vogel > Finance Director: Thomas Becker
Thomas Becker > Accountant: Anita Desai, Ruth Adeyemi, Colin Murray, Daniela Popa, Erik Svensson
Thomas Becker > Treasury Analyst: Fiona MacLeod, Gustavo Lima, Helen Zhou
Thomas Becker > Payroll Specialist: Igor Volkov, Judith Maier

People
Abena Mensah > Head of People: Sunita Rao
Sunita Rao > People Partner: Karen Olsen, Leonardo Greco, Miriam Katz
Sunita Rao > Recruiter: Natasha Ivanova, Oliver Baum, Petra Kovács
"""


def found(world: World) -> None:
    """Everybody who works here before the story begins."""
    for team, manager, title, name in employees():
        hire(world, name, title=title, team=team, manager=manager)
    for row in read("outsiders"):
        engage(world, row, world.dates.last_launch)


def engage(world: World, row: dict[str, str], launch: date) -> Human:
    """Hire somebody whose first day, and last one where there is one, are counted from
    ``launch``."""
    human = hire(
        world,
        row["name"],
        title=row["title"],
        team=row["team"],
        manager=row["manager"],
        worker=row["worker"],
    )
    human.start = launch + timedelta(days=int(row["start"]))
    human.end = launch + timedelta(days=int(row["end"])) if row["end"] else None
    return human


def employees() -> list[tuple[str, str, str, str]]:
    """Team, manager, title and name of each row of EMPLOYEES."""
    rows = []
    for block in EMPLOYEES.strip().split("\n\n"):
        team, *groups = block.splitlines()
        for group in groups:
            manager, rest = group.split(" > ")
            title, names = rest.split(": ")
            rows += [(team, manager, title, name) for name in names.split(", ")]
    return rows


def hire(
    world: World,
    name: str,
    *,
    title: str,
    team: str,
    manager: str,
    worker: str = "Employee",
) -> Human:
    """Put one more person on a roster: a number that keeps its leading zeros, a mail of
    their own even where two bear one name."""
    key = slug(name)
    if key in world.people:
        key += "2"
    place = len(world.people)
    tenure = world.dice("tenure", key).randint(120, 3000)
    human = Human(
        key=key,
        name=name,
        number=f"{104 + 7 * place:06}" if worker == "Employee" else f"C-{place:04}",
        title=title,
        department=DEPARTMENT[team],
        team=team,
        manager="" if manager == "-" else slug(manager),
        start=world.dates.last_launch - timedelta(days=tenure),
        worker=worker,
    )
    world.people[key] = human
    return human
