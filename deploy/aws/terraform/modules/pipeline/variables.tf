variable "account_id" {
  type = string
}

variable "region" {
  type = string
}

variable "environment" {
  type = string
}

variable "repository" {
  description = "What the subject of GitHub's tokens has between `repo:` and the next colon: owner/name or owner@NUMBER/name@NUMBER (docs/aws.md)."
  type        = string
}

variable "image_accounts" {
  type = list(string)
}

variable "key_arn" {
  type = string
}
