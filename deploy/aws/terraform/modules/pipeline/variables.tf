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
  type = string
}

variable "image_accounts" {
  type = list(string)
}

variable "key_arn" {
  type = string
}
