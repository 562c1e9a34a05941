"""Records for tests: plausible by default, and any field can be said. Roles come from the real table, after the real migrate."""

import datetime
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.utils import timezone

from claims import services as claim_services
from claims.intake.near import near
from claims.models import Claim
from customers.models import Customer
from customers.services import prepare
from policies.models import Policy, PolicySegment
from policies.services import first_version
from policies.terms import Kind
from vanguard.accounts.models import User

PASSWORD = "Correct-horse-7!"


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@vanguard.example")
    first_name = factory.Iterator(["Maya", "Daniel", "Ines", "Tom", "Ruth"])
    last_name = factory.Sequence(lambda n: f"Okafor{n}")


def staff(role: str, **fields: Any) -> User:
    """Somebody with one of the staff roles, who can log in with PASSWORD."""
    user = UserFactory.build(is_staff=True, **fields)
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name=role))
    return user


def adjuster(**fields: Any) -> User:
    return staff("Adjuster", **fields)


def supervisor(**fields: Any) -> User:
    return staff("Supervisor", **fields)


def underwriter(**fields: Any) -> User:
    return staff("Underwriter", **fields)


def superuser(**fields: Any) -> User:
    user = UserFactory.build(is_staff=True, is_superuser=True, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def policyholder(customer: Customer | None = None, **fields: Any) -> User:
    """A log-in tied to one customer, in no staff role; can log in with PASSWORD."""
    user = untied_policyholder(**fields)
    tie(user, customer or CustomerFactory.create())
    return user


def untied_policyholder(**fields: Any) -> User:
    """A policyholder's log-in, before it is tied to a customer."""
    user = UserFactory.build(**fields)
    user.set_password(PASSWORD)
    user.save()
    user.groups.add(Group.objects.get(name="Policyholder"))
    return user


def tie(user: User, customer: Customer) -> None:
    """The log-in is this customer's from now on."""
    customer.user = user
    customer.save(update_fields=["user"])


class CustomerFactory(factory.django.DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    email = factory.Sequence(lambda n: f"customer{n}@example.com")
    first_name = "Harold"
    last_name = factory.Sequence(lambda n: f"Finch{n}")
    phone = "+1 916 555 0142"
    date_of_birth = datetime.date(1961, 4, 9)
    address = "1187 Alder Court, Sacramento CA"

    @classmethod
    def _create(cls, model_class: type[Customer], *args: Any, **kwargs: Any) -> Customer:
        assert not args
        customer = model_class(**kwargs)
        prepare(customer)
        customer.save()
        return customer


class PolicyFactory(factory.django.DjangoModelFactory[Policy]):
    """A year of homeowners' cover that started 100 days ago: limit 25,000, deductible 1,000."""

    class Meta:
        model = Policy

    policy_number = factory.Sequence(lambda n: f"POL-TEST-{n:06d}")
    customer = factory.SubFactory(CustomerFactory)
    policy_type = "homeowners"
    premium_amount = Decimal("1200.00")
    coverage_amount = Decimal("25000.00")
    deductible_amount = Decimal("1000.00")
    start_date = factory.LazyFunction(lambda: timezone.now() - datetime.timedelta(days=100))
    end_date = factory.LazyAttribute(lambda policy: policy.start_date + datetime.timedelta(days=365))

    @classmethod
    def _create(cls, model_class: type[Policy], *args: Any, **kwargs: Any) -> Policy:
        assert not args
        policy = model_class(**kwargs)
        policy.save()
        policy.refresh_from_db(fields=["premium_amount", "coverage_amount", "deductible_amount"])
        version, segments = first_version(policy, Kind.NEW_BUSINESS, policy.created_at)
        version.save()
        PolicySegment.objects.bulk_create(segments)
        return policy


def submitted_claim(policy: Policy | None = None, **fields: Any) -> Claim:
    """A claim as the first notice leaves it, through the service: loss ten days ago, 5,000.00 claimed."""
    policy = policy or PolicyFactory.create()
    given: dict[str, Any] = {
        "claim_type": "water_damage",
        "claim_amount": Decimal("5000.00"),
        "incident_date": timezone.now() - datetime.timedelta(days=10),
        "reported_date": timezone.now() - datetime.timedelta(days=8),
    }
    given |= fields
    # A test that files several on one policy means several losses.
    others = near(policy.pk, given["incident_date"]).values_list("pk", flat=True)
    distinct: dict[str, Any] = {"not_duplicate_of": set(others), "not_duplicate_reason": "Another loss"}
    return claim_services.submit_claim(None, policy_id=policy.pk, **(distinct | given))


def started_claim(owner: User, policy: Policy | None = None, **fields: Any) -> Claim:
    """A claim that `owner` has started to work on."""
    claim = submitted_claim(policy, **fields)
    return claim_services.start_claim(owner, claim.pk)
