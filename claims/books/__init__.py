"""What must hold in the books of claims. Importing it is what has it verified."""

from claims.books import deadlines, decisions, diary, money, triangles

__all__ = ["deadlines", "decisions", "diary", "money", "triangles"]
